/** browser names the words that fit a browser; a web view inside an app has no address bar. */
export function browser(agent: string) {
  if (/; wv\)|FBAN|FBAV|Instagram/.test(agent)) return "app";
  if (/iPhone|iPad|iPod/.test(agent)) return /Safari\//.test(agent) ? "ios" : "app";
  if (/Firefox\//.test(agent)) return "firefox";
  if (/Android/.test(agent)) return "android";
  if (/Chrome\/|Chromium\//.test(agent)) return "chrome";
  return /Safari\//.test(agent) ? "safari" : "chrome";
}
