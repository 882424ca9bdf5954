/** Expression: arithmetic over the parameters of a block; read, never evaluated as code. */

export type Term =
  | { number: number }
  | { name: string }
  | { sign: "+" | "-" | "*" | "//"; left: Term; right: Term };

const TOKEN = /\s*(?:(\d+)|([a-z][a-z0-9_]*)|(\/\/|[-+*()]))/y;
const DEEPEST = 50;

function tokensOf(text: string): string[] | null {
  const found: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const match = TOKEN.exec(text);
    if (!match) return null;
    found.push(match[1] ?? match[2] ?? match[3] ?? "");
  }
  return found;
}

class Reader {
  private at = 0;
  private depth = 0;

  constructor(private readonly tokens: string[]) {}

  read(): Term | null {
    const term = this.sum();
    return term && this.at === this.tokens.length ? term : null;
  }

  private take(...signs: string[]): string | null {
    const token = this.tokens[this.at];
    if (token === undefined || !signs.includes(token)) return null;
    this.at += 1;
    return token;
  }

  private sum(): Term | null {
    let left = this.product();
    for (let sign = this.take("+", "-"); left && sign; sign = this.take("+", "-")) {
      const right = this.product();
      left = right && { sign: sign as "+", left, right };
    }
    return left;
  }

  private product(): Term | null {
    let left = this.atom();
    for (let sign = this.take("*", "//"); left && sign; sign = this.take("*", "//")) {
      const right = this.atom();
      left = right && { sign: sign as "*", left, right };
    }
    return left;
  }

  private atom(): Term | null {
    if (this.take("(")) {
      this.depth += 1;
      const inner = this.depth > DEEPEST ? null : this.sum();
      return this.take(")") ? inner : null;
    }
    const token = this.tokens[this.at];
    if (token === undefined || !/^[a-z0-9]/.test(token)) return null;
    this.at += 1;
    return /^\d/.test(token) ? { number: Number(token) } : { name: token };
  }
}

export function readExpression(text: string): Term | null {
  const tokens = tokensOf(text);
  return tokens?.length ? new Reader(tokens).read() : null;
}

export function namesIn(term: Term): string[] {
  if ("name" in term) return [term.name];
  return "sign" in term ? [...namesIn(term.left), ...namesIn(term.right)] : [];
}

const WORK: Record<string, (a: number, b: number) => number> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "//": (a, b) => Math.floor(a / b),
};

/** The number a term comes to; null when a name has none, or nothing finite comes out. */
export function worth(term: Term, values: Record<string, unknown>): number | null {
  if ("number" in term) return term.number;
  if ("name" in term) {
    const value = values[term.name];
    return typeof value === "number" ? value : null;
  }
  const [left, right] = [worth(term.left, values), worth(term.right, values)];
  if (left === null || right === null) return null;
  const result = WORK[term.sign]?.(left, right) ?? Number.NaN;
  return Number.isFinite(result) ? result : null;
}

/** Text of a term with names replaced by other expressions. */
export function written(term: Term, names: Record<string, string> = {}): string {
  if ("number" in term) return String(term.number);
  if ("name" in term) {
    const other = names[term.name] ?? term.name;
    return /^[a-z0-9_]+$/.test(other) ? other : `(${other})`;
  }
  const side = (one: Term) => ("sign" in one ? `(${written(one, names)})` : written(one, names));
  return `${side(term.left)} ${term.sign} ${side(term.right)}`;
}

export const isExpression = (value: unknown): value is { var: string } =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as { var?: unknown }).var === "string";
