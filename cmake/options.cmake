option(NEARFAR_TESTS "Build the tests" ON)
option(NEARFAR_BENCH "Build the benchmarks" OFF)
option(NEARFAR_FUZZ "Build the fuzz targets with libFuzzer" OFF)
option(NEARFAR_WERROR "Warnings are errors" OFF)
option(NEARFAR_COVERAGE "Measure coverage" OFF)
option(NEARFAR_THIN_LTO "Link the gateway with ThinLTO (clang and lld)" OFF)
set(NEARFAR_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")

add_library(project_options INTERFACE)
target_include_directories(project_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_definitions(project_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_DATE_TIME)
if(NEARFAR_SANITIZE)
  target_compile_options(project_options INTERFACE -fsanitize=${NEARFAR_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(project_options INTERFACE -fsanitize=${NEARFAR_SANITIZE})
endif()
if(NEARFAR_FUZZ)
  target_compile_options(project_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(NEARFAR_COVERAGE)
  target_compile_options(project_options INTERFACE -fprofile-instr-generate -fcoverage-mapping)
  target_link_options(project_options INTERFACE -fprofile-instr-generate)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_link_options(project_options INTERFACE -fuse-ld=lld-19)
endif()

if(NEARFAR_THIN_LTO)
  # Fat objects carry machine code beside bitcode: tests link at once, only what is shipped or
  # measured pays for the ThinLTO link.
  target_compile_options(project_options INTERFACE -flto=thin -ffat-lto-objects)
endif()
# nearfar_optimised_link(TARGET): the ThinLTO link, where it is on. What every query runs through stands side by
# side; bench/hot-symbols makes the list.
function(nearfar_optimised_link target)
  if(NEARFAR_THIN_LTO)
    set(hot ${PROJECT_SOURCE_DIR}/cmake/hot_symbols.txt)
    target_link_options(${target} PRIVATE -flto=thin -ffat-lto-objects
      -Wl,--thinlto-cache-dir=${CMAKE_BINARY_DIR}/lto-cache
      -Wl,--symbol-ordering-file=${hot} -Wl,--no-warn-symbol-ordering)
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${hot})
  endif()
endfunction()

add_library(project_warnings INTERFACE)
target_compile_options(project_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor)
if(NEARFAR_WERROR)
  target_compile_options(project_warnings INTERFACE -Werror)
endif()
