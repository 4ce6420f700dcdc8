// A way back from a page that others link to: to the one before, or, in a window of its own, by closing it.
const back = document.getElementById("back");
back.hidden = false;
back.addEventListener("click", () => {
  if (history.length > 1) history.back();
  else window.close();
});
