# Writes OUT, a C++ file with the presets in FOLDER: `cmake -DOUT=… -DFOLDER=… -P embed.cmake`.
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
  "#include \"policy/presets.hpp\"\n#include <array>\nnamespace aluvia::policy {\nnamespace {\n${arrays}"
  "constexpr std::array all = std::to_array<Preset>({\n${rows}});\n}\n"
  "std::span<const Preset> presets() noexcept { return all; }\n}\n")
