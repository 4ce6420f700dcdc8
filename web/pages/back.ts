// The back button of a page that others link to: it goes to the previous page, or closes a window that another page
// opened. If neither is possible, the button stays hidden.
import { byId } from "./page";

const back = byId("back");
const before = history.length > 1;
back.hidden = !before && !window.opener;
back.addEventListener("click", () => {
  if (before) history.back();
  else window.close();
});
