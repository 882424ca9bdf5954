/** Session: whether the server still knows who this is; a page that was open stays open while it does not. */
import { create } from "zustand";

interface Session {
  /** The server refused a question for want of a key, after it had known one. */
  isOver: boolean;
}

export const useSession = create<Session>(() => ({ isOver: false }));

const UNKNOWN = 401;

/** Take note of an answer's status; where one signs in, a wrong key is not the end of a session. */
export function heard(status: number, url: string): void {
  if (status === UNKNOWN && !url.endsWith("/login")) useSession.setState({ isOver: true });
}

export const wentOn = (): void => useSession.setState({ isOver: false });
