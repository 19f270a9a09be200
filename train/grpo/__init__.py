"""One round's training by TRL: a resumable job, started here or by a launcher."""
