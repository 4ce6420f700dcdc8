// The parts of Node that the tests use.
declare const process: { env: Record<string, string | undefined> };

declare module "node:fs" {
  export function readFileSync(path: string): Uint8Array<ArrayBuffer>;
  export function readFileSync(path: string, encoding: "utf8"): string;
}

declare module "node:assert/strict" {
  const assert: {
    ok(value: unknown, message?: string): asserts value;
    equal(actual: unknown, expected: unknown, message?: string): void;
    deepEqual(actual: unknown, expected: unknown, message?: string): void;
    match(text: string, pattern: RegExp): void;
    rejects(promise: Promise<unknown>, error: RegExp | (new (...args: never[]) => Error) | ((e: unknown) => boolean), message?: string): Promise<void>;
  };
  export default assert;
}
