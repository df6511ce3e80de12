option(NEARFAR_TESTS "Build the tests" ON)
option(NEARFAR_BENCH "Build the benchmarks" OFF)
option(NEARFAR_FUZZ "Build the fuzz targets with libFuzzer" OFF)
option(NEARFAR_WERROR "Warnings are errors" OFF)
option(NEARFAR_COVERAGE "Measure coverage" OFF)
option(NEARFAR_THIN_LTO "Link the gateway with ThinLTO (clang and lld)" OFF)
set(NEARFAR_PROFILE "" CACHE STRING "Of what runs often: `use` cmake/hot.profdata, or `make` one (bench/hot-profile does)")
set_property(CACHE NEARFAR_PROFILE PROPERTY STRINGS "" use make)
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
# Which branches are taken and what is called often, as counted by bench/hot-profile. A profile that is older than the
# program does no harm: functions that have changed since are compiled as they would be without.
if(NEARFAR_PROFILE AND (NEARFAR_COVERAGE OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang"))
  message(FATAL_ERROR "NEARFAR_PROFILE wants clang, and no NEARFAR_COVERAGE beside it: set it to nothing")
endif()
if(NEARFAR_PROFILE)
  # Functions of one file alone are known by its name, not by where the checkout is.
  target_compile_options(project_options INTERFACE "SHELL:-mllvm -static-func-full-module-prefix=false")
endif()
if(NEARFAR_PROFILE STREQUAL "make")
  target_compile_options(project_options INTERFACE -fprofile-generate -fprofile-update=atomic)
  target_link_options(project_options INTERFACE -fprofile-generate)
elseif(NEARFAR_PROFILE STREQUAL "use")
  set(profile ${PROJECT_SOURCE_DIR}/cmake/hot.profdata)
  set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${profile})
  # Ninja compiles in the build folder: by a relative path, so that compiler caches know it in every checkout. Without
  # links on the way, for `..` leads out of where the folder really is. Its sum, so that a new one is compiled with.
  set(profile_from_build ${profile})
  if(CMAKE_GENERATOR STREQUAL "Ninja")
    file(REAL_PATH ${profile} real_profile)
    file(REAL_PATH ${CMAKE_BINARY_DIR} real_build)
    file(RELATIVE_PATH profile_from_build ${real_build} ${real_profile})
  endif()
  file(MD5 ${profile} profile_sum)
  target_compile_options(project_options INTERFACE
    -fprofile-use=${profile_from_build} -Wno-profile-instr-out-of-date -Wno-profile-instr-unprofiled -Wno-backend-plugin)
  target_compile_definitions(project_options INTERFACE NEARFAR_PROFILE_SUM=${profile_sum})
elseif(NEARFAR_PROFILE)
  message(FATAL_ERROR "NEARFAR_PROFILE is `${NEARFAR_PROFILE}`; it is `use`, `make` or empty")
endif()

# nearfar_optimised_link(TARGET): the ThinLTO link, where it is on.
function(nearfar_optimised_link target)
  if(NEARFAR_THIN_LTO)
    target_link_options(${target} PRIVATE -flto=thin -ffat-lto-objects
      -Wl,--thinlto-cache-dir=${CMAKE_BINARY_DIR}/lto-cache)
  endif()
endfunction()

add_library(project_warnings INTERFACE)
target_compile_options(project_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor)
if(NEARFAR_WERROR)
  target_compile_options(project_warnings INTERFACE -Werror)
endif()
