/** Page: the parts every screen is set from: head, card, empty state, trouble, statistics, facts. */
import { ChevronLeft, type LucideIcon } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { Link } from "react-router";

interface PageProps {
  title: string;
  lead?: ReactNode;
  mark?: ReactNode;
  actions?: ReactNode;
  back?: { to: string; name: string };
  children: ReactNode;
}

export function Page({ title, lead, mark, actions, back, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Danlu`;
  }, [title]);
  return (
    <>
      <div className="head">
        <div>
          {back && (
            <Link className="crumb" to={back.to}>
              <ChevronLeft size={14} aria-hidden />
              {back.name}
            </Link>
          )}
          <h1>
            {title}
            {mark}
          </h1>
          {lead && <div className="lead">{lead}</div>}
        </div>
        {actions && <div className="row tight">{actions}</div>}
      </div>
      <div className="stack" style={{ gap: 20 }}>
        {children}
      </div>
    </>
  );
}

interface CardProps {
  title?: string;
  actions?: ReactNode;
  flush?: boolean;
  className?: string;
  children: ReactNode;
}

export function Card({ title, actions, flush, className = "", children }: CardProps) {
  return (
    <section className={`card ${className}`} aria-label={title}>
      {(title || actions) && (
        <header>
          <h2>{title}</h2>
          {actions}
        </header>
      )}
      <div className={flush ? "body flush" : "body"}>{children}</div>
    </section>
  );
}

interface EmptyProps {
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

export function Empty({ icon: Icon, title, children, action }: EmptyProps) {
  return (
    <div className="empty">
      <Icon size={36} strokeWidth={1.4} aria-hidden />
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {action && <div style={{ marginTop: 8 }}>{action}</div>}
    </div>
  );
}

export function Stat({
  label,
  value,
  hint,
}: {
  label: string;
  value: ReactNode;
  hint?: ReactNode;
}) {
  return (
    <div className="stat">
      <div className="label">{label}</div>
      <div className="value">{value}</div>
      {hint && <div className="hint">{hint}</div>}
    </div>
  );
}

export function Facts({ items }: { items: [string, ReactNode][] }) {
  return (
    <dl className="facts">
      {items.map(([name, value]) => (
        <div key={name} style={{ display: "contents" }}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
