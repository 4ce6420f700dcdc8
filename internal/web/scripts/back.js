// Blush, Apache-2.0. Made by go generate from the TypeScript in web/; do not edit.
var e=o=>document.getElementById(o);var t=e("back"),n=history.length>1;t.hidden=!n&&!window.opener;t.addEventListener("click",()=>{n?history.back():window.close()});
