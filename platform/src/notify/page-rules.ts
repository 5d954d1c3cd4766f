/** What whoever runs the platform allows endpoints of the page. */
export interface PageRules {
  readonly allowHttp: boolean;
  /** Private networks that they may lead to. */
  readonly allowNetworks: readonly string[];
}
