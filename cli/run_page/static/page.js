// Unpacks the page's data and draws what is made from it.
"use strict";
{
  const unpacked = async () => {
    const packed = Uint8Array.from(atob(document.getElementById("data").textContent), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  };

  // The part of the page that is read is marked in the navigation.
  const follow = () => {
    const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) links.get(target.id)?.classList.toggle("here", isIntersecting);
      },
      { rootMargin: "-30% 0px -69% 0px" },
    );
    document.querySelectorAll("main > section[id]").forEach((section) => observer.observe(section));
  };

  const begin = async () => {
    follow();
    const data = await unpacked();
    for (const where of document.querySelectorAll("[data-figure]")) zoped.figures[where.dataset.figure](where, data);
    zoped.browse(data);
    document.body.dataset.drawn = "true";
  };

  begin().catch((error) => {
    const failure = document.getElementById("failure");
    failure.textContent = `The data of this page cannot be shown here: ${error.message}. A browser from 2023 on is needed.`;
    failure.hidden = false;
    throw error;
  });
}
