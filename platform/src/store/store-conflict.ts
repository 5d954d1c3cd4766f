/** The state on which a change was decided is not the stored one any more. Nothing was changed. */
export class StoreConflict extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StoreConflict';
  }
}
