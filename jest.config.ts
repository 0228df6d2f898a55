/** @jest-config-loader esbuild-register */
import type { Config } from 'jest'

/**
 * Native ES modules (see the `test` script), TypeScript by swc. Four projects: `unit` and `e2e` make `npm test`;
 * `slow` (kills, outages, large objects) is run by `.ci/run`, `matrix` (copies between every two servers) by `.ci/matrix`.
 */
const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  setupFiles: ['<rootDir>/test/support/own-surroundings.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
} satisfies Config

const config: Config = {
  // A limit against hanging, not against slow or busy machines, ms.
  testTimeout: 300_000,
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/test/e2e/', '/test/slow/', '/test/matrix/'],
    },
    { ...common, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.test.ts'] },
    { ...common, displayName: 'slow', testMatch: ['<rootDir>/test/slow/**/*.test.ts'] },
    { ...common, displayName: 'matrix', testMatch: ['<rootDir>/test/matrix/**/*.test.ts'] },
  ],
}

export default config
