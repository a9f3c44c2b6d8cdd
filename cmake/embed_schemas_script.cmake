# Writes OUTPUT: every file of FILES (…/<name>.schema.json) as {name, text}. String literals stay
# under GCC's limits because a schema is a few kilobytes.
set(body "")
foreach(file ${FILES})
  get_filename_component(name ${file} NAME)
  string(REPLACE ".schema.json" "" name ${name})
  file(READ ${file} text)
  string(APPEND body "    {\"${name}\", R\"schema~(${text})schema~\"},\n")
endforeach()
file(WRITE ${OUTPUT}
  "#include \"libs/common/embedded_schemas.h\"\n\nnamespace vang {\nnamespace {\n\n"
  "const EmbeddedSchema kSchemas[] = {\n${body}};\n\n}  // namespace\n\n"
  "const std::span<const EmbeddedSchema> kEmbeddedSchemas(kSchemas);\n\n}  // namespace vang\n")
