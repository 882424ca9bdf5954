/** Types: the three documents of a network as one picture: what runs, what may vary, where it stands. */

export type Json = Record<string, unknown>;

/** A number that a block works out from its parameters. */
export interface Expression {
  var: string;
}

export interface ChoiceDocument {
  op?: string;
  block?: string;
  params?: Json;
  repeat?: number | Expression;
}

export interface NodeDocument {
  op?: string;
  block?: string;
  choices?: Record<string, ChoiceDocument>;
  choose?: string;
  params?: Json;
  in?: Record<string, string | string[]>;
  repeat?: number | Expression;
  /** All applications of a repeat use one set of weights. */
  shared?: boolean;
  enabled?: boolean;
  frozen?: boolean;
  /** The node whose weights are used. */
  tied?: string;
}

export interface BlockDocument {
  params?: Json;
  inputs: string[];
  nodes: Record<string, NodeDocument>;
  output: string;
}

export interface NetworkDocument {
  format?: string;
  version?: number;
  name: string;
  inputs: Record<string, Json>;
  nodes: Record<string, NodeDocument>;
  blocks?: Record<string, BlockDocument>;
  outputs: Record<string, string>;
}

export type Range = Json;
export type Space = Record<string, Range>;

export interface Place {
  x: number;
  y: number;
}
export type Places = Record<string, Place>;

export interface LayoutDocument {
  format?: string;
  version?: number;
  main: Places;
  blocks: Record<string, Places>;
}

/** What the canvas shows and the history remembers. */
export interface Picture {
  network: NetworkDocument;
  space: Space;
  layout: LayoutDocument;
}

/** Where one works: the network itself (null) or inside a block. */
export type Scope = string | null;

/** An edge by where it ends; `from` is where it begins. */
export interface Edge {
  from: string;
  to: string;
  port: string;
  position: number;
}

/** A command that cannot be carried out; the page says the code in the reader's language. */
export class Refused extends Error {
  readonly code: string;
  readonly args: Json;

  constructor(code: string, args: Json = {}) {
    super(code);
    this.code = code;
    this.args = args;
  }
}
