# SPDX-License-Identifier: Apache-2.0
# How tests are declared. Every test gets the same environment:
#   REKAM_SOURCE_DIR, REKAM_BUILD_DIR   the tree and the build (executables in bin/, plugins in plugins/)
#   PYTHONPATH                          the tree and the Python client

include(CTest)
find_package(GTest REQUIRED)

# Debian's own interpreter: its zmq and jsonschema packages are the ones that we declare.
set(REKAM_PYTHON /usr/bin/python3)

set(_rekam_test_environment
    "REKAM_SOURCE_DIR=${CMAKE_SOURCE_DIR}"
    "REKAM_BUILD_DIR=${CMAKE_BINARY_DIR}"
    "PYTHONPATH=${CMAKE_SOURCE_DIR}:${CMAKE_SOURCE_DIR}/sdk/client/python"
    "PYTHONDONTWRITEBYTECODE=1"
    "ASAN_OPTIONS=abort_on_error=0:detect_stack_use_after_return=1:strict_string_checks=1"
    "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1"
    "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1")

function(_rekam_test_properties name)
    cmake_parse_arguments(arg "SERIAL" "TIMEOUT" "ENV;LABELS" ${ARGN})
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()
    if(REKAM_SANITIZE)
        math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 4")
    endif()
    set_tests_properties(${name} PROPERTIES
        TIMEOUT ${arg_TIMEOUT}
        ENVIRONMENT "${_rekam_test_environment};${arg_ENV}"
        LABELS "${arg_LABELS}")
    if(arg_SERIAL)
        set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
    endif()
endfunction()

# rekam_add_test(<name> sources... [LIBS targets...] [TIMEOUT s] [ENV a=b...] [LABELS l...] [ARGS a...] [SERIAL])
# A GoogleTest executable, one ctest test, with GoogleMock's main.
function(rekam_add_test name)
    cmake_parse_arguments(arg "SERIAL" "TIMEOUT" "LIBS;ENV;LABELS;ARGS" ${ARGN})
    add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
    target_link_libraries(${name} PRIVATE ${arg_LIBS} GTest::gmock_main GTest::gmock GTest::gtest)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    add_test(NAME ${name} COMMAND ${name} ${arg_ARGS})
    set(serial "")
    if(arg_SERIAL)
        set(serial SERIAL)
    endif()
    _rekam_test_properties(${name} ${serial} TIMEOUT ${arg_TIMEOUT} ENV ${arg_ENV} LABELS ${arg_LABELS})
endfunction()

# rekam_add_python_test(<name> script [args...] [TIMEOUT s] [ENV a=b...] [LABELS l...] [SERIAL])
# A script that ends with exit code 0; the path is relative to the calling folder.
function(rekam_add_python_test name script)
    cmake_parse_arguments(arg "SERIAL" "TIMEOUT" "ENV;LABELS" ${ARGN})
    cmake_path(ABSOLUTE_PATH script BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    add_test(NAME ${name} COMMAND ${REKAM_PYTHON} ${script} ${arg_UNPARSED_ARGUMENTS}
             WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
    set(serial "")
    if(arg_SERIAL)
        set(serial SERIAL)
    endif()
    _rekam_test_properties(${name} ${serial} TIMEOUT ${arg_TIMEOUT} ENV ${arg_ENV} LABELS ${arg_LABELS})
endfunction()
