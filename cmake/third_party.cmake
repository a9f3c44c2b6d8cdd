# Every library that is not ours, found once. docs/dependencies.md says why each is here.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(PkgConfig REQUIRED)
# FindPostgreSQL asks for headers of the server, which a client does not need.
pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
# Debian's package lacks a file that its own CMake configuration names.
find_library(VANG_NATS_LIBRARY nats REQUIRED)
if(VANG_TESTS)
  find_package(GTest REQUIRED)
endif()

# sherpa-onnx and ONNX Runtime come from a pinned PyPI wheel, the ONNX Runtime headers from a pinned
# Debian package; tools/install-dependencies unpacks both into VANG_THIRD_PARTY.
set(VANG_THIRD_PARTY ${CMAKE_SOURCE_DIR}/.cache/third-party CACHE PATH "Unpacked pinned packages")
if(EXISTS ${VANG_THIRD_PARTY}/sherpa-onnx/lib/libsherpa-onnx-c-api.so)
  add_library(sherpa_onnx SHARED IMPORTED)
  set_target_properties(sherpa_onnx PROPERTIES
    IMPORTED_LOCATION ${VANG_THIRD_PARTY}/sherpa-onnx/lib/libsherpa-onnx-c-api.so
    INTERFACE_INCLUDE_DIRECTORIES ${VANG_THIRD_PARTY}/sherpa-onnx/include)
  add_library(onnxruntime SHARED IMPORTED)
  set_target_properties(onnxruntime PROPERTIES
    IMPORTED_LOCATION ${VANG_THIRD_PARTY}/sherpa-onnx/lib/libonnxruntime.so
    INTERFACE_INCLUDE_DIRECTORIES ${VANG_THIRD_PARTY}/onnxruntime/include)
else()
  message(FATAL_ERROR "sherpa-onnx is not unpacked in ${VANG_THIRD_PARTY}: run tools/install-dependencies")
endif()
