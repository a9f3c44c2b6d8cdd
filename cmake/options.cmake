# Compiler settings that hold for every target of ours.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
# Line tables are enough for a stack trace and keep the objects small.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")

find_program(VANG_CCACHE ccache)
if(VANG_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${VANG_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${VANG_CCACHE})
endif()
find_program(VANG_MOLD mold)
if(VANG_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(vang_warnings INTERFACE)
target_compile_options(vang_warnings INTERFACE -Wall -Wextra -Wconversion -Wshadow -Werror)

if(VANG_SANITIZE)
  add_compile_options(-fsanitize=${VANG_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  # GCC sees uses of uninitialised values in instrumented code that has none.
  add_compile_options(-Wno-maybe-uninitialized)
  add_link_options(-fsanitize=${VANG_SANITIZE})
  if(VANG_SANITIZE MATCHES "undefined" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Beside the shared ASan, a shared UBSan does not write to the file that log_path names.
    add_link_options(-static-libubsan)
  endif()
  if(VANG_SANITIZE MATCHES "thread")
    # GCC warns that TSan does not model the fences inside Asio.
    add_compile_options(-Wno-tsan)
  endif()
endif()
