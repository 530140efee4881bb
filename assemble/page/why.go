package page

// droppedWhy explains why the groups of a plan are left behind. For other groups
// a page shows the reason of the largest file.
var droppedWhy = map[string]string{
	"original base image": "The image that yours was built on. The slim base replaces it, and no kept file needs these files.",
	"Debian packages":     "Packages that are only used for building, and their dependencies.",
	"bytecode":            "Bytecode of sources that are left behind. The runtime compiles the base's own sources again.",
	"caches and logs":     "Files that installers leave behind.",
	"dpkg's database":     "It lists the packages of the original base image. Added packages are registered in the slim base's own database.",
	"the runtime itself":  "The slim base has the same runtime.",
	"loader's cache":      "It lists libraries of the original base image. Added libraries are registered in the slim base's own cache.",
	"devices and pipes":   "Container runtimes create these.",
	"by --drop":           "Left out by a flag.",
	"no rule claims":      "No rule of slimify keeps these.",
}

// removedWhy explains why groups of the base's own files are removed.
var removedWhy = map[string]string{
	"other versions":   "Removed from the slim base: your image has another version of these packages.",
	"what you removed": "Removed from the slim base: your image does not have it.",
}

// inBaseWhy explains why groups of a plan need not be written.
var inBaseWhy = map[string]string{
	"layers of the base": "The slim base itself, on which your image was built.",
	"equal in the base":  "The slim base has the same.",
}

// keptWhy explains why the groups of a plan are kept.
var keptWhy = map[string]string{
	"installed packages":  "Complete packages: the files in their records, and everything else in their directories.",
	"application":         "WORKDIR, files from COPY and ADD, and the programs of ENTRYPOINT, CMD and HEALTHCHECK.",
	"accounts":            "Users and groups: yours and the base's, merged.",
	"programs, links":     "Programs and targets that kept scripts, links and the container's own commands need.",
	"packages, libraries": "Debian packages that you installed or that kept files need, and shared libraries.",
	"records of packages": "Records by which dpkg and scanners know the packages of added files.",
	"loader's cache":      "The base's cache, with the added libraries.",
	"by --keep":           "Kept by a flag.",
	"edited by you":       "Configuration of Debian packages that you changed.",
	"directories":         "WORKDIR, VOLUME and homes, with owners and modes.",
	"data elsewhere":      "Other files in your layers that no package owns and that are neither caches nor logs.",
	"generated":           "Databases of the slim base, with the added packages.",
}
