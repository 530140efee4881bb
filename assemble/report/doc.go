// Package report has the documents that slimify's operations return: types only,
// with their form in JSON.
//
// The JSON Schemas are in docs/*.schema.json. Lists are never null, unless a field
// says so; sizes are in bytes.
package report
