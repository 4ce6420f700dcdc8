// Mounts widgets by the rules of the vendor's SDK, version 2.2.0, as the contract restates them. It is no
// copy of it: what the rules forbid to rely on, it takes away.
"use strict";
class Loader {
  constructor({ api, cdn, token, language = null }) {
    Object.assign(this, { api, token, language, widgets: [], failed: [] });
    this.ready = Promise.all(["chartjs.js", "d3.js"].map((file) => new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `${cdn}/third-party/v1/${file}`;
      script.onload = resolve;
      script.onerror = () => reject(new Error(`no ${file}`));
      document.head.append(script);
    })));
    addEventListener("message", (e) => {
      if (e.data?.target !== "intelli-widgets" || e.data.kind !== "language") return;
      this.language = e.data.data;
      this.refetched = Promise.all(this.widgets.map(async (w) => { await w.fetch(); w.mount(); }));
    });
  }

  async mount(selector, name, data, variation = "default", theme = {}) {
    const target = document.querySelector(selector);
    target.innerHTML = "<p>loading</p>"; // stays for ever when the answer holds no widget
    await this.ready;
    if (!Chart.version.startsWith("4.") || !d3.version.startsWith("7.")) throw new Error("Chart 4 and d3 7 are expected");
    const uid = `intelli-widget-n${(this.count = (this.count ?? 0) + 1)}`;
    const widget = {
      fetch: async () => {
        const response = await fetch(`${this.api}/v2/widgets/${name}?version=2`, {
          method: "POST",
          headers: { "Content-Type": "application/json", Authorization: `Token ${this.token}` },
          body: JSON.stringify({ appearance: { theme, language: this.language, variation }, data }),
        });
        switch (response.status) {
          case 401: throw new Error("token");
          case 404: throw new Error((await response.json()).detail);
          case 422: { const fault = await response.json(); throw new Error(`'${fault.detail[0].loc}': ${fault[0].msg}`); }
          case 500: throw new Error("server");
        }
        const box = document.createElement("div"); // detached
        box.innerHTML = await response.text(); // whatever the status
        const scripts = [...box.querySelectorAll("script")];
        widget.head = [...scripts.filter((s) => s.src), ...box.querySelectorAll("style, link")];
        widget.scripts = scripts.filter((s) => !s.src);
        widget.element = box.querySelector(".intelli-widget");
      },
      mount: () => {
        for (const element of widget.head) {
          element.innerText = element.innerText.replaceAll("intelli-widget-id", uid); // loses the ends of lines
          document.head.append(Object.assign(document.createElement(element.nodeName), { textContent: element.innerText, src: element.src ?? "", href: element.href ?? "" }));
        }
        if (widget.element instanceof HTMLElement) target.innerHTML = widget.element.outerHTML.replaceAll("intelli-widget-id", uid);
        for (const script of widget.scripts) {
          const classic = document.createElement("script");
          classic.type = "text/javascript";
          classic.textContent = script.textContent.replaceAll("intelli-widget-id", uid);
          document.body.append(classic);
          setTimeout(() => classic.remove(), 500);
        }
      },
    };
    await widget.fetch();
    widget.mount();
    this.widgets.push(widget);
    return uid;
  }
}
