// A proxy can send an answer that broke off as a complete one. JSON that is not whole cannot be read; these are the other formats.

/** Whether the last line of an export marks its end: in NDJSON an object with `end`, in CSV a row that begins with `end`. */
export const wholeExport = (text: string) => /(^|\n)(end,[^\n]*|\{"end":true,[^\n]*)\n$/.test(text);

/** Whether every element of a widget is closed. */
export function wholeHtml(html: string): boolean {
  const opened = html.split("<div").length;
  return opened > 1 && opened === html.split("</div>").length;
}

/** Whether an EDF file is as long as its header says: the header, and each signal's samples in each data record. */
export function wholeEdf(file: Uint8Array): boolean {
  const number = (at: number, width: number) => parseInt(ascii(file.subarray(at, at + width)), 10) || 0; // 0 behind the end of the file
  const records = number(236, 8);
  const signals = number(252, 4);
  let length = number(184, 8);
  for (let i = 0; i < signals; i++) length += records * 2 * number(256 + 216 * signals + 8 * i, 8);
  return length > 0 && length === file.length;
}

/** Whether a document ends as a PDF does. */
export const wholePdf = (document: Uint8Array) => ascii(document.subarray(-16)).trimEnd().endsWith("%%EOF");

const ascii = (bytes: Uint8Array) => String.fromCharCode(...bytes);
