/**
 * The server's database: the same SQL whether PostgreSQL runs inside this process (`embedded.ts`, PGlite) or elsewhere (`postgres.ts`).
 *
 * ```ts
 * const database = await openDatabase({ folder: "polyclinic-data" });
 * const { rows } = await database.query<{ id: string }>("select id from study where patient = $1", [patient]);
 * await database.transaction(async (sql) => { ... });
 * await database.close();
 * ```
 */
export interface Rows<Row> {
  readonly rows: readonly Row[];
  /** Rows inserted, changed or removed. */
  readonly affected: number;
}

export interface Sql {
  /** @param values of `$1`, `$2`, ...: never concatenate a value into the text. */
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Rows<Row>>;
}

export interface Database extends Sql {
  readonly kind: "embedded" | "postgres";
  /** Runs `work` in one transaction, which is rolled back if it throws. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Runs several statements without parameters, for migrations. */
  script(text: string): Promise<void>;
  /** Embedded only: the database's files as one gzipped archive. */
  readonly dump?: () => Promise<Uint8Array>;
  close(): Promise<void>;
}
