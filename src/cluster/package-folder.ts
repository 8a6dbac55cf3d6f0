/** Where the npm package has the built program, from its root. As deep as the folders of the sources, so that paths hold in both. */
export const packageFolder = 'dist/npm/lib';
