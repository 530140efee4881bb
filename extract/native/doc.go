// Package native keeps the libraries that ELF files need, where the dynamic loader finds
// them (ld.so(8)).
//
// [Close] follows DT_NEEDED, libraries that files open by name, and plugins, until SLIM
// lacks nothing that FAT has. [UpdateCache] adds the new libraries to the loader's cache.
package native
