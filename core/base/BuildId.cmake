# SPDX-License-Identifier: Apache-2.0
# Run at build time: writes OUTPUT from TEMPLATE with a digest of the files in FOLDER, so that the same sources always
# give the same id, wherever and whenever they are built.
file(GLOB sources ${FOLDER}/*.h ${FOLDER}/*.cc)
list(SORT sources)
set(digests "")
foreach(source IN LISTS sources)
    file(SHA256 ${source} digest)
    string(APPEND digests ${digest})
endforeach()
string(SHA256 digest "${digests}")
string(SUBSTRING ${digest} 0 12 digest)
set(REKAM_BUILD_ID "${VERSION}-${digest}")
configure_file(${TEMPLATE} ${OUTPUT} @ONLY)
