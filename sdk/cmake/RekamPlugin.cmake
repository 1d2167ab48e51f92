# SPDX-License-Identifier: Apache-2.0 OR MIT
# Builds a Rekam plugin, in this tree or in a vendor's:
#
#   include(<sdk>/cmake/RekamPlugin.cmake)
#   rekam_add_plugin(acme plugin.cc device.cc LIBS acmesdk)
#
# makes <build>/plugins/rekam-acme.so. Nothing but the entry point that <rekam/plugin.h> declares is visible outside it.

get_filename_component(_rekam_sdk_dir ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)
set(REKAM_SDK_DIR ${_rekam_sdk_dir} CACHE INTERNAL "Folder of the Rekam SDK")

# rekam_add_plugin(<name> sources... [LIBS libraries...])
function(rekam_add_plugin name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LIBS")
    if(NOT TARGET rekam_plugin)
        add_library(rekam_plugin INTERFACE)
        target_include_directories(rekam_plugin INTERFACE ${REKAM_SDK_DIR}/plugin)
    endif()
    set(target rekam-plugin-${name})
    add_library(${target} MODULE ${arg_UNPARSED_ARGUMENTS})
    target_link_libraries(${target} PRIVATE rekam_plugin ${arg_LIBS})
    target_compile_features(${target} PRIVATE cxx_std_20)
    set_target_properties(${target} PROPERTIES
        PREFIX ""
        OUTPUT_NAME rekam-${name}
        LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins
        C_VISIBILITY_PRESET hidden
        CXX_VISIBILITY_PRESET hidden
        VISIBILITY_INLINES_HIDDEN ON)
    # A symbol that is missing must fail here and not on a station; sanitizer runtimes come with the executable.
    if(NOT REKAM_SANITIZE)
        target_link_options(${target} PRIVATE -Wl,--no-undefined)
    endif()
    # Two plugins may carry two versions of one vendor library; neither may see the other's symbols.
    target_link_options(${target} PRIVATE -Wl,--exclude-libs,ALL)
endfunction()
