import type { View } from './view.js';

/** Terminus's result as it is. */
export const jsonView: View = {
  type: 'application/json',
  render: (result) => ({
    contentType: 'application/json; charset=utf-8',
    body: JSON.stringify(result),
  }),
};
