/** Made: waits for the job that makes a dataset's next version, and says which it became. */
import { Refusal } from "../api/client";
import { follow } from "./queue";

/** The version a job has made; throws why it made none. */
export async function versionMade(job: string, told: (share: number) => void): Promise<number> {
  const ended = await follow(job, told);
  if (ended.state !== "done") throw new Refusal({ code: "cancelled", ...ended.cause });
  return (ended.result as { version: number }).version;
}
