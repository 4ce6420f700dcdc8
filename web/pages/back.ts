// A way back from a page that others link to: to the one before, or, in a window that another page opened, by
// closing it. Where there is neither, the button would do nothing and stays hidden.
import { byId } from "./page";

const back = byId("back");
const before = history.length > 1;
back.hidden = !before && !window.opener;
back.addEventListener("click", () => {
  if (before) history.back();
  else window.close();
});
