# SPDX-License-Identifier: Apache-2.0 OR MIT
# cmake -D FOLDER=<schemas> -D OUT=<file.cc> -P embed.cmake: every FOLDER/*.json as one string constant, sorted by name.
file(GLOB names RELATIVE ${FOLDER} ${FOLDER}/*.json)
list(TRANSFORM names REPLACE "[.]json$" "")
list(SORT names)
set(rows "")
foreach(name IN LISTS names)
    file(READ ${FOLDER}/${name}.json text)
    string(APPEND rows "    Schema{\"${name}\", R\"rekam(${text})rekam\"},\n")
endforeach()
list(LENGTH names count)
file(WRITE ${OUT} "#include \"sdk/schema/schemas.h\"\n\n#include <array>\n\nnamespace rekam::schema {\nnamespace {\n"
     "constexpr std::array<Schema, ${count}> texts{\n${rows}};\n} // namespace\n\n"
     "std::span<const Schema> all() { return texts; }\n\n} // namespace rekam::schema\n")
