/**
 * The tables, as statements in the order they are run. A released migration is never changed; new ones are appended.
 * Pixels are content-addressed files (`files.ts`), never rows.
 *
 * Over 300 lines because the whole schema and its history are read in one place.
 */
export interface Migration {
  readonly name: string;
  readonly statements: readonly string[];
}

export const migrations: readonly Migration[] = [
  {
    name: "001-people",
    statements: [
      `create table person (
        id text primary key,
        name text not null,
        -- Issuer and subject of an OIDC account; null for a local one.
        issuer text,
        subject text,
        scopes text[] not null,
        created_at timestamptz not null default now(),
        disabled_at timestamptz,
        unique (issuer, subject))`,
      `create table api_token (
        id text primary key,
        person text not null references person on delete cascade,
        label text not null,
        sha256 text not null unique,
        scopes text[] not null,
        created_at timestamptz not null default now(),
        expires_at timestamptz not null,
        revoked_at timestamptz)`,
      `create table session (
        id text primary key,
        person text not null references person on delete cascade,
        sha256 text not null unique,
        csrf text not null,
        created_at timestamptz not null default now(),
        expires_at timestamptz not null)`,
    ],
  },
  {
    name: "002-data",
    statements: [
      `create table patient (
        id text primary key,
        -- Issuer and identifier as the source has them; a source without one gets an identifier of its own.
        issuer text not null default '',
        identifier text not null,
        name text not null default '',
        birth_date text not null default '',
        sex text not null default '',
        unique (issuer, identifier))`,
      `create table study (
        id text primary key,
        patient text not null references patient on delete cascade,
        uid text unique,
        label text not null default '',
        accession text not null default '',
        study_date text not null default '',
        study_time text not null default '',
        modalities text[] not null default '{}',
        part_count integer not null default 0,
        file_count integer not null default 0,
        thumbnail text,
        state text not null default 'received',
        problem text,
        left_out jsonb not null default '[]',
        warnings jsonb not null default '[]',
        version integer not null default 1,
        created_at timestamptz not null default now(),
        changed_at timestamptz not null default now())`,
      "create index study_changed on study (changed_at desc, id)",
      "create index study_patient on study (patient)",
      `create table file (
        study text not null references study on delete cascade,
        sha256 text not null,
        path text not null,
        bytes bigint not null,
        created_at timestamptz not null default now(),
        primary key (study, sha256, path))`,
      "create index file_sha256 on file (sha256)",
      `create table instance (
        uid text primary key,
        study text not null references study on delete cascade,
        series_uid text not null,
        class_uid text not null,
        sha256 text not null,
        modality text not null default '',
        series_number integer,
        instance_number integer,
        attributes jsonb not null)`,
      "create index instance_series on instance (study, series_uid)",
    ],
  },
  {
    name: "003-answers",
    statements: [
      `create table model (
        id text primary key,
        name text not null,
        hash text,
        precision text not null,
        engine text not null,
        unique nulls not distinct (name, hash, precision, engine))`,
      `create table answer (
        id text primary key,
        study text not null references study on delete cascade,
        model text not null references model,
        task text not null,
        -- SHA-256 of sources, model, prompt and options: a job is done once.
        key text not null unique,
        options jsonb not null,
        status text not null,
        result jsonb not null,
        seen jsonb not null default '[]',
        cautions text[] not null default '{}',
        created_by text,
        created_at timestamptz not null default now())`,
      "create index answer_study on answer (study, created_at)",
      `create table finding (
        id text primary key,
        answer text not null references answer on delete cascade,
        position integer not null,
        text text not null,
        box jsonb,
        state text not null default 'unreviewed',
        version integer not null default 1,
        unique (answer, position))`,
      `create table assessment (
        id text primary key,
        finding text not null references finding on delete cascade,
        person text not null,
        verdict text not null,
        reason text,
        significant boolean,
        before text not null,
        after text,
        milliseconds integer,
        created_at timestamptz not null default now())`,
      "create index assessment_finding on assessment (finding, created_at)",
    ],
  },
  {
    name: "004-reports",
    statements: [
      `create table report (
        id text primary key,
        study text not null references study on delete cascade,
        answer text references answer on delete set null,
        state text not null default 'draft',
        version integer not null default 1,
        created_at timestamptz not null default now())`,
      `create table report_version (
        report text not null references report on delete cascade,
        version integer not null,
        parent integer,
        author text,
        -- 'human' or 'model'.
        author_kind text not null,
        content jsonb not null,
        created_at timestamptz not null default now(),
        primary key (report, version))`,
      `create table signature (
        report text not null references report on delete restrict,
        version integer not null,
        person text not null,
        person_name text not null,
        sha256 text not null,
        -- A version after the first signature is an addendum.
        addendum boolean not null default false,
        created_at timestamptz not null default now(),
        primary key (report, version))`,
      `create table chat (
        id text primary key,
        study text not null references study on delete cascade,
        created_by text,
        created_at timestamptz not null default now())`,
      `create table message (
        id text primary key,
        chat text not null references chat on delete cascade,
        position integer not null,
        role text not null,
        content jsonb not null,
        created_at timestamptz not null default now(),
        unique (chat, position))`,
      `create table comparison (
        id text primary key,
        name text not null,
        rubric jsonb not null,
        seed integer not null,
        state text not null default 'open',
        created_by text,
        created_at timestamptz not null default now())`,
      `create table comparison_item (
        id text primary key,
        comparison text not null references comparison on delete cascade,
        position integer not null,
        study text references study on delete cascade,
        a jsonb not null,
        b jsonb,
        unique (comparison, position))`,
      `create table assignment (
        comparison text not null references comparison on delete cascade,
        item text not null references comparison_item on delete cascade,
        person text not null,
        position integer not null,
        -- Whether A and B change sides for this rater.
        swapped boolean not null,
        primary key (comparison, item, person))`,
      `create table rating (
        id text primary key,
        item text not null references comparison_item on delete cascade,
        person text not null,
        values jsonb not null,
        milliseconds integer,
        created_at timestamptz not null default now(),
        unique (item, person))`,
    ],
  },
  {
    name: "005-work",
    statements: [
      `create table job (
        id text primary key,
        kind text not null,
        key text not null unique,
        study text references study on delete cascade,
        payload jsonb not null,
        state text not null default 'waiting',
        tries integer not null default 0,
        problem jsonb,
        answer text references answer on delete set null,
        created_at timestamptz not null default now(),
        finished_at timestamptz)`,
      "create index job_state on job (state, created_at)",
      `create table outbox (
        id text primary key,
        target text not null,
        kind text not null,
        study text references study on delete cascade,
        payload jsonb not null,
        state text not null default 'waiting',
        tries integer not null default 0,
        problem text,
        next_at timestamptz not null default now(),
        created_at timestamptz not null default now(),
        done_at timestamptz)`,
      "create index outbox_waiting on outbox (state, next_at)",
      `create table pacs (
        id text primary key,
        url text not null,
        kind text not null,
        credentials text,
        last_change bigint not null default 0)`,
      `create table idempotency (
        key text primary key,
        request_sha256 text not null,
        status integer,
        body jsonb,
        created_at timestamptz not null default now())`,
    ],
  },
  {
    name: "006-audit",
    statements: [
      `create table audit (
        seq bigint primary key,
        at timestamptz not null,
        who text not null,
        action text not null,
        object text not null,
        outcome text not null,
        detail jsonb not null default '{}',
        previous_hash text not null,
        hash text not null)`,
      // Append-only: a trigger rejects changes even from the server's own statements.
      `create function refuse_change() returns trigger language plpgsql as
        $$ begin raise exception 'the audit is append-only'; end $$`,
      "create trigger audit_append_only before update or delete on audit for each row execute function refuse_change()",
      `create function refuse_signed_change() returns trigger language plpgsql as
        $$ begin
          if exists (select 1 from signature where report = old.report and version = old.version) then
            raise exception 'a signed version is immutable';
          end if;
          return case when tg_op = 'DELETE' then old else new end;
        end $$`,
      `create trigger signed_immutable before update on report_version
        for each row execute function refuse_signed_change()`,
    ],
  },
  {
    name: "007-idempotency",
    // Identifier of what a call creates: a retry after a crash uses the same one.
    statements: ["alter table idempotency add column object text not null default ''"],
  },
  {
    name: "008-jobs",
    statements: [
      "alter table job add column worker text",
      "alter table job add column alive_at timestamptz",
      "alter table job add column created_by text not null default ''",
      "create index job_study on job (study)",
      "create index job_finished on job (finished_at)",
    ],
  },
  {
    name: "009-outbox-reply",
    // The other system's response to a rejected entry: an OperationOutcome of a FHIR server.
    statements: ["alter table outbox add column reply jsonb"],
  },
  {
    name: "010-crossover",
    // Null for a comparison of texts; otherwise {"washoutDays"}: every reader reads each case with and without a text.
    statements: ["alter table comparison add column crossover jsonb"],
  },
  {
    name: "011-refusal-message",
    // A reason's `says` is called `message` now.
    statements: [
      `update answer set result = jsonb_set(result, '{refusal,reasons}', (
          select jsonb_agg(reason - 'says' || jsonb_build_object('message', reason->'says'))
          from jsonb_array_elements(result->'refusal'->'reasons') as reason))
        where result->'refusal'->'reasons'->0 ? 'says'`,
    ],
  },
  {
    name: "012-pyramid",
    // A very large image at full, half, quarter size and so on, in tiles: `sha256` names the file, `head` is its list of levels, `manifest` the part.
    statements: [
      `create table pyramid (
        study text not null references study(id),
        part integer not null,
        key text not null,
        sha256 text not null,
        head jsonb not null,
        manifest jsonb not null,
        alone boolean not null,
        primary key (study, part)
      )`,
    ],
  },
];
