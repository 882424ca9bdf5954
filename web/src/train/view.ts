/** View: what of a search is looked at; all of it stands in the address. */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";

const numbersIn = (text: string | null): number[] =>
  (text ?? "")
    .split(",")
    .filter((one) => /^\d+$/.test(one))
    .map(Number);

export function useView() {
  const [search, setSearch] = useSearchParams();
  const pins = search.get("pin");
  const pinned = useMemo(() => numbersIn(pins), [pins]);
  const change = useCallback(
    (key: string, value: string | null) =>
      setSearch((before) => {
        const next = new URLSearchParams(before);
        if (value) next.set(key, value);
        else next.delete(key);
        return next;
      }),
    [setSearch],
  );
  const to = useCallback(
    (trial: number | null) => {
      const next = new URLSearchParams(search);
      next.delete("trial");
      if (trial !== null) next.set("trial", String(trial));
      return `?${next}`;
    },
    [search],
  );
  return {
    show: search.get("show") ?? "trials",
    trial: numbersIn(search.get("trial"))[0] ?? null,
    pinned,
    to,
    setShow: (value: string | null) => change("show", value === "trials" ? null : value),
    pin: (number: number) =>
      change(
        "pin",
        (pinned.includes(number)
          ? pinned.filter((one) => one !== number)
          : [...pinned, number]
        ).join(),
      ),
  };
}
