/** The logo. */
export function Mark() {
  return (
    <svg
      viewBox="0 0 32 32"
      width="26"
      height="26"
      fill="none"
      stroke="currentColor"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d="M8 7h10a6.5 6.5 0 0 1 0 13h-5v5H8z" stroke-width="2.4" />
      <path d="M12 13.5h3l1.2-3 1.8 6 1.2-3H22" stroke-width="1.6" />
    </svg>
  );
}
