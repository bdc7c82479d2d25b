/** What people approved at a request and its agent does later, once each; whether it stands is asked again then. */
import type { Permission } from '../../../ports/index.ts';

type Approved<T> = { what: T; still: NonNullable<Permission['still']> };

export class ApprovedOnce<T> {
  #open: Approved<T>[] = [];

  /** Nothing, where nobody approved it: what needs no approval now may need one then. */
  add(what: T, { decision, still }: Permission): void {
    if (decision === 'approved' && still) this.#open.push({ what, still });
  }

  /** It is taken, whatever is answered. */
  async take(isIt: (what: T) => boolean): Promise<boolean> {
    const found = this.#open.find(({ what }) => isIt(what));
    this.#open = this.#open.filter((one) => one !== found);
    return found !== undefined && (await found.still()).decision === 'approved';
  }
}
