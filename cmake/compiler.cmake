# GCC 12 miscompiles C++20 coroutines (double frees around temporaries in co_await expressions).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # The leading space keeps cmake from folding the line.
  message(FATAL_ERROR
    " GCC ${CMAKE_CXX_COMPILER_VERSION} miscompiles coroutines: configure with -DCMAKE_CXX_COMPILER=clang++-19 (or GCC 13 and later)")
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(NEARFAR_CCACHE ccache)
if(NEARFAR_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths relative to the tree, so that another clone shares the cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${NEARFAR_CCACHE})
endif()
