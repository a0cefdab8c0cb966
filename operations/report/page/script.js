"use strict";
(() => {
  const one = (id) => document.getElementById(id);
  const filters = document.querySelector(".filters");
  if (!filters) return;
  const apps = [...document.querySelectorAll("details.app")].map((app) => ({
    app,
    name: `${app.dataset.name} ${app.dataset.namespace}`.toLowerCase(),
    secrets: [...app.querySelectorAll(".secret")].map((secret) => ({
      secret,
      name: secret.querySelector("h4").textContent.toLowerCase(),
      keys: [...secret.querySelectorAll(".key")].map((key) => ({ key, text: key.textContent.toLowerCase() })),
    })),
  }));
  const counted = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
  const openAtFirst = new Set(apps.filter(({ app }) => app.open));

  const apply = () => {
    const words = one("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const [namespace, source] = [one("namespace").value, one("source").value];
    const [overdue, undelivered] = [one("overdue").checked, one("undelivered").checked];
    const fits = (key, text) =>
      words.every((word) => text.includes(word)) &&
      (!source || key.dataset.source === source) &&
      (!overdue || "overdue" in key.dataset) &&
      (!undelivered || "undelivered" in key.dataset);
    const isFiltered = words.length > 0 || namespace || source || overdue || undelivered;
    let shownApps = 0;
    let shownKeys = 0;
    for (const each of apps) {
      let [inApp, keysInApp] = [0, 0];
      for (const { secret, name, keys } of each.secrets) {
        let inSecret = 0;
        let counting = 0;
        for (const { key, text } of keys) {
          key.hidden = !fits(key, `${each.name} ${name} ${text}`);
          inSecret += key.hidden ? 0 : 1;
          counting += key.hidden || "outside" in key.dataset ? 0 : 1;
        }
        secret.hidden = inSecret === 0;
        inApp += inSecret;
        keysInApp += counting;
      }
      each.app.hidden = inApp === 0 || Boolean(namespace && each.app.dataset.namespace !== namespace);
      if (!each.app.hidden) {
        shownApps += 1;
        shownKeys += keysInApp;
      }
      each.app.open = isFiltered ? !each.app.hidden && shownApps <= 20 : openAtFirst.has(each);
    }
    one("nothing").hidden = shownApps > 0;
    one("count").textContent = `${counted(shownKeys, "key")} in ${counted(shownApps, "app")}`;
  };

  const setAll = (open) => () => {
    for (const { app } of apps) if (!app.hidden) app.open = open;
  };
  for (const id of ["search", "namespace", "source", "overdue", "undelivered"]) one(id).addEventListener("input", apply);
  one("open").addEventListener("click", setAll(true));
  one("close").addEventListener("click", setAll(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      one("search").focus();
    }
  });
  filters.hidden = false;
  apply();
})();
