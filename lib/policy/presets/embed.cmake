# Writes OUT, a C++ file with the lists in FOLDER, which FUNCTION of HEADER returns:
# `cmake -DOUT=… -DFOLDER=… -DHEADER=… -DFUNCTION=… -P embed.cmake`.
file(GLOB files "${FOLDER}/*.txt")
list(SORT files)
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME_WE)
  string(MAKE_C_IDENTIFIER "${name}" id)
  file(READ "${file}" hex HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," characters "${hex}")
  string(APPEND arrays "constexpr char ${id}[] = {${characters}};\n")
  string(APPEND rows "    {\"${name}\", {${id}, sizeof ${id}}},\n")
endforeach()
file(
  WRITE "${OUT}"
  "#include \"${HEADER}\"\n#include <array>\nnamespace aluvia::policy {\nnamespace {\n${arrays}"
  "constexpr std::array all = std::to_array<Preset>({\n${rows}});\n}\n"
  "std::span<const Preset> ${FUNCTION}() noexcept { return all; }\n}\n")
