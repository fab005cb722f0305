/** One-time login links, printed in the server's terminal; they expire after use or ten minutes. */
import { equalSecrets, newSecret } from "./secrets.ts";

const lifetimeMs = 10 * 60_000;

export class LoginLinks {
  private links: { secret: string; person: string; until: number }[] = [];

  issue(person: string): string {
    const secret = newSecret("pcl");
    this.links.push({ secret, person, until: Date.now() + lifetimeMs });
    return secret;
  }

  /** Consumes a link. @returns its person; undefined when the link is unknown, used or expired. */
  take(secret: string): string | undefined {
    this.links = this.links.filter(({ until }) => until > Date.now());
    const found = this.links.find((link) => equalSecrets(link.secret, secret));
    this.links = this.links.filter((link) => link !== found);
    return found?.person;
  }
}
