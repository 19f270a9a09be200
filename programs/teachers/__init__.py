"""Teachers: any model that LiteLLM can call, or the embedded one."""
