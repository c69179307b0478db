# Writes OUT, a C++ file with the files of the page in FOLDER: `cmake -DOUT=… -DFOLDER=… -P embed.cmake`. The
# scripts become one file, in this order.
set(scripts format.js rows.js plot.js requests.js tables.js page.js)
set(names page.css icon.svg page.html)
set(work "${OUT}.d")

foreach(script IN LISTS scripts)
  file(READ "${FOLDER}/${script}" text)
  string(APPEND page_js "${text}")
endforeach()
file(WRITE "${work}/page.js" "${page_js}")
foreach(name IN LISTS names)
  configure_file("${FOLDER}/${name}" "${work}/${name}" COPYONLY)
endforeach()

function(as_characters variable hex)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," hex "${hex}")
  set(${variable} "${hex}" PARENT_SCOPE)
endfunction()

foreach(name IN LISTS names ITEMS page.js)
  file(READ "${work}/${name}" text HEX)
  file(
    ARCHIVE_CREATE
    OUTPUT
    "${work}/gz"
    PATHS
    "${work}/${name}"
    FORMAT
    raw
    COMPRESSION
    GZip
    COMPRESSION_LEVEL
    9)
  file(READ "${work}/gz" gzip HEX)
  # Without the time of the build (bytes 4 to 7 of the header), so that builds are reproducible.
  string(SUBSTRING "${gzip}" 0 8 begin)
  string(SUBSTRING "${gzip}" 16 -1 gzip)
  string(PREPEND gzip "${begin}00000000")
  file(SHA256 "${work}/${name}" digest)
  string(SUBSTRING "${digest}" 0 16 digest)
  string(MAKE_C_IDENTIFIER "${name}" id)
  as_characters(text "${text}")
  as_characters(gzip "${gzip}")
  string(APPEND arrays "constexpr char ${id}[] = {${text}};\nconstexpr char ${id}_gzip[] = {${gzip}};\n")
  string(APPEND rows
         "    {\"${name}\", {${id}, sizeof ${id}}, {${id}_gzip, sizeof ${id}_gzip}, \"\\\"${digest}\\\"\"},\n")
endforeach()
file(
  WRITE "${OUT}"
  "#include \"admin/web_files.hpp\"\n#include <array>\nnamespace aluvia::admin {\nnamespace {\n${arrays}"
  "constexpr std::array files = std::to_array<WebFile>({\n${rows}});\n}\n"
  "std::span<const WebFile> web_files() { return files; }\n}\n")
