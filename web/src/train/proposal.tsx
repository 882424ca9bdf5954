/** Proposal: the network proposed for a dataset, what an analysis says of one, and its ranges in short. */
import { useQuery } from "@tanstack/react-query";
import { http, one } from "../api/client";
import type { Analysis, NetworkDocument, Proposal } from "../api/records";
import { rangeText } from "./space";

export function useProposal(data: string | null, target: string | null) {
  return useQuery({
    queryKey: ["proposal", data, target],
    queryFn: () =>
      one<Proposal>(
        http.POST("/api/v1/networks/propose", { body: { data: data ?? "", target: target ?? "" } }),
      ),
    enabled: Boolean(data && target),
    staleTime: 300_000,
  });
}

export function useAnalysis(
  document: NetworkDocument | undefined,
  data: string | null | undefined,
  target: string | null | undefined,
) {
  return useQuery({
    queryKey: ["analysis", JSON.stringify(document), data, target],
    queryFn: () =>
      one<Analysis>(
        http.POST("/api/v1/networks/analyze", {
          body: { network: { ...document }, data: data ?? null, target: target ?? null },
        }),
      ),
    enabled: Boolean(document && data && target),
    staleTime: 300_000,
    retry: 4,
  });
}

export function Ranges({ space }: { space: Record<string, Record<string, unknown>> }) {
  return (
    <div className="tags">
      {Object.entries(space).map(([field, range]) => (
        <span className="tag" key={field}>
          <span className="dim">{field}</span>
          <span className="mono">{rangeText(range)}</span>
        </span>
      ))}
    </div>
  );
}
