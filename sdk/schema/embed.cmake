# SPDX-License-Identifier: Apache-2.0 OR MIT
# cmake -D FOLDER=<schemas> -D OUT=<file.cc> -P embed.cmake: every FOLDER/*.json as one string constant, by name.
file(GLOB files ${FOLDER}/*.json)
list(SORT files)
set(rows "")
foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME)
    string(REGEX REPLACE "[.]json$" "" name ${name})
    file(READ ${file} text)
    string(APPEND rows "    Schema{\"${name}\", R\"rekam(${text})rekam\"},\n")
endforeach()
list(LENGTH files count)
file(WRITE ${OUT} "#include \"sdk/schema/schemas.h\"\n\n#include <array>\n\nnamespace rekam::schema {\nnamespace {\n"
     "constexpr std::array<Schema, ${count}> texts{\n${rows}};\n} // namespace\n\n"
     "std::span<const Schema> all() { return texts; }\n\n} // namespace rekam::schema\n")
