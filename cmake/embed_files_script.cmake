# Writes OUTPUT: every file of FILES as {name, bytes}, whatever its bytes are.
set(body "")
foreach(file ${FILES})
  get_filename_component(name ${file} NAME)
  file(READ ${file} hex HEX)
  file(SIZE ${file} size)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${hex}")
  string(APPEND body "    {\"${name}\", std::string_view(\"${bytes}\", ${size})},\n")
endforeach()
file(WRITE ${OUTPUT}
  "#include \"${HEADER}\"\n\nnamespace vang {\nnamespace {\n\n"
  "const EmbeddedFile kFiles[] = {\n${body}};\n\n}  // namespace\n\n"
  "const std::span<const EmbeddedFile> kEmbeddedFiles(kFiles);\n\n}  // namespace vang\n")
