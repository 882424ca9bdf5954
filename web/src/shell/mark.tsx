/** Mark: the furnace as a ring that feeds itself. */
export function Mark({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path
        d="M16 3.5a12.5 12.5 0 1 1-10.8 6.2"
        fill="none"
        stroke="var(--accent)"
        strokeWidth="3.2"
        strokeLinecap="round"
      />
      <path
        d="M2.2 12.6 5 8.6l4.3 2.4"
        fill="none"
        stroke="var(--accent)"
        strokeWidth="2.8"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="16" cy="16" r="4.6" fill="#e0805f" />
    </svg>
  );
}
