# vang_embed_schemas(OUTPUT file.cc FILES ...): a .cc with each JSON schema as a raw string literal.
# Run as a script at build time: cmake -DOUTPUT=... -DFILES=a;b -P embed_schemas_script.cmake.
function(vang_embed_schemas output)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} "-DFILES=${ARGN}"
            -P ${CMAKE_SOURCE_DIR}/cmake/embed_schemas_script.cmake
    DEPENDS ${ARGN} ${CMAKE_SOURCE_DIR}/cmake/embed_schemas_script.cmake
    VERBATIM)
endfunction()

# vang_embed_files(file.cc path.h FILES...): a .cc with each file's bytes, made again
# when one changes; HEADER declares EmbeddedFile and kEmbeddedFiles. (GCC 12 has no #embed.)
function(vang_embed_files output header)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DHEADER=${header} "-DFILES=${ARGN}"
            -P ${CMAKE_SOURCE_DIR}/cmake/embed_files_script.cmake
    DEPENDS ${ARGN} ${CMAKE_SOURCE_DIR}/cmake/embed_files_script.cmake
    VERBATIM)
endfunction()
