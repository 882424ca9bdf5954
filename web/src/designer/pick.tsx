/** Pick: a search field over a list that keys walk through; the finder and the command palette are both one. */
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import "./pick.css";

export interface Choice {
  id: string;
  node: ReactNode;
  run: () => void;
}

interface PickProps {
  label: string;
  placeholder: string;
  query: string;
  onQuery: (query: string) => void;
  choices: Choice[];
  none: string;
  onClose: () => void;
  /** Told which one is highlighted. */
  onAt?: (choice: Choice | undefined) => void;
}

export function Pick({
  label,
  placeholder,
  query,
  onQuery,
  choices,
  none,
  onClose,
  onAt,
}: PickProps) {
  const id = useId();
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another question begins at the top
  useEffect(() => setAt(0), [query]);
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);
  const here = choices[at];
  const known = here?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same entry is told once
  useEffect(() => onAt?.(here), [known, onAt]);
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.nativeEvent.isComposing) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) {
      event.preventDefault();
      setAt((now) => (choices.length ? (now + step + choices.length) % choices.length : 0));
    } else if (event.key === "Enter") {
      event.preventDefault();
      choices[at]?.run();
    } else if (event.key === "Escape") {
      event.preventDefault();
      onClose();
    }
  };
  return (
    <div className="pick">
      <input
        ref={input}
        role="combobox"
        aria-label={label}
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={choices[at] ? `${id}-${at}` : undefined}
        placeholder={placeholder}
        value={query}
        onChange={(event) => onQuery(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        spellCheck={false}
        autoComplete="off"
      />
      <div className="pick-list" role="listbox" aria-label={label} id={`${id}-list`} ref={list}>
        {choices.map((choice, i) => (
          <div
            key={choice.id}
            id={`${id}-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === at}
            className={i === at ? "at" : ""}
            onPointerMove={() => setAt(i)}
            onClick={choice.run}
            onKeyDown={onKeyDown}
          >
            {choice.node}
          </div>
        ))}
      </div>
      {choices.length === 0 && <p className="dim small">{none}</p>}
    </div>
  );
}
