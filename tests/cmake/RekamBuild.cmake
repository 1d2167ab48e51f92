# SPDX-License-Identifier: Apache-2.0
# What every target is built with: language level, warnings, sanitizers, third-party libraries, output folders.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

find_program(REKAM_CCACHE ccache)
if(REKAM_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER ${REKAM_CCACHE})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${REKAM_CCACHE})
endif()

# CMake's own FindBoost would win over BoostConfig without this; Boost.DLL, Asio and Describe are headers only.
set(Boost_NO_BOOST_CMAKE OFF)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(cppzmq REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(SQLiteCpp REQUIRED)
find_package(date REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto) # tests and bench only: another's word on our hashes and signatures
pkg_check_modules(systemd REQUIRED IMPORTED_TARGET GLOBAL libsystemd)
pkg_check_modules(nettle REQUIRED IMPORTED_TARGET GLOBAL nettle)
pkg_check_modules(hogweed REQUIRED IMPORTED_TARGET GLOBAL hogweed)
pkg_check_modules(archive REQUIRED IMPORTED_TARGET GLOBAL libarchive)
pkg_check_modules(udev REQUIRED IMPORTED_TARGET GLOBAL libudev)
pkg_check_modules(qrencode REQUIRED IMPORTED_TARGET GLOBAL libqrencode)

# Linked into every target of this tree by link_libraries below, so that no folder can forget it.
add_library(rekam_warnings INTERFACE)
target_include_directories(rekam_warnings INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(rekam_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
# Boost.DLL without Boost.Filesystem: one library less to link and to load into a host.
target_compile_definitions(rekam_warnings INTERFACE BOOST_DLL_USE_STD_FS)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC bug 105329: string concatenation at -O2 is reported as overlapping memcpy.
    target_compile_options(rekam_warnings INTERFACE -Wno-restrict)
endif()

# REKAM_SANITIZE is "address,undefined", "thread" or empty.
set(REKAM_SANITIZE "" CACHE STRING "Sanitizers for every target of this tree")
if(REKAM_SANITIZE)
    target_compile_options(rekam_warnings INTERFACE
        -fsanitize=${REKAM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(rekam_warnings INTERFACE -fsanitize=${REKAM_SANITIZE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # The instrumented code confuses GCC's flow analysis; the same sources are checked with it in the dev preset.
        target_compile_options(rekam_warnings INTERFACE -Wno-maybe-uninitialized -Wno-stringop-overflow)
        if(REKAM_SANITIZE MATCHES "thread")
            # Boost.Asio uses atomic_thread_fence, which the sanitizer does not model.
            target_compile_options(rekam_warnings INTERFACE -Wno-tsan)
        endif()
    endif()
endif()
link_libraries(rekam_warnings)
