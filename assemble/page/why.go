package page

// droppedWhy says of the groups of a plan why they stay behind. Of others a page
// tells the reason of the largest file.
var droppedWhy = map[string]string{
	"FAT's own base":    "The image that yours was built on. The slim base replaces it, and nothing that is kept names these files.",
	"Debian packages":   "Packages that only serve building, or that came for the sake of those.",
	"bytecode":          "Bytecode of sources that stay behind. Python makes new bytecode of the base's own.",
	"caches and logs":   "What pip, apt and other installers leave lying.",
	"dpkg's database":   "It lists the packages of the fat base. The slim base has its own, to which is added what comes along.",
	"CPython itself":    "The slim base brings the same interpreter.",
	"loader's cache":    "It names libraries of the fat base. The slim base's cache gets what is added.",
	"devices and pipes": "Container runtimes make these.",
	"by --drop":         "Left out because a flag says so.",
	"no rule claims":    "No rule of slimify speaks for these.",
}

// removedWhy says of the groups of a plan why the base's own files are taken away.
var removedWhy = map[string]string{
	"other versions":   "Removed from the slim base: your image has another version of these distributions.",
	"what you removed": "Removed from the slim base: your image has it not.",
}

// inBaseWhy says of the groups of a plan why they are not written again.
var inBaseWhy = map[string]string{
	"layers of the base": "The slim base itself, on which your image was built.",
	"equal in the base":  "The slim base has the same.",
}

// keptWhy says of the groups of a plan why they are kept.
var keptWhy = map[string]string{
	"distributions":       "Installed distributions, whole: what their lists of files name, and all else in site directories.",
	"application":         "WORKDIR, what COPY and ADD brought, and what ENTRYPOINT, CMD and HEALTHCHECK start.",
	"accounts":            "Users and groups: yours and the base's, merged.",
	"programs, links":     "What kept scripts, links and the container's own commands start or lead to.",
	"packages, libraries": "Debian packages that you installed or that own what something kept needs, and shared libraries.",
	"records of packages": "What tells dpkg and scanners of single files that came along.",
	"loader's cache":      "The base's cache with the libraries that came along.",
	"by --keep":           "Kept because a flag says so.",
	"edited by you":       "Configuration of Debian packages that you changed.",
	"directories":         "WORKDIR, VOLUME and homes, with owners and modes.",
	"data elsewhere":      "Other files of your layers that no package owns and that are no litter.",
	"made here":           "Databases of the slim base, with what came along.",
}
