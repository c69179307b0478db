# cmake-format's settings: as clang-format's, two spaces and lines of at most 120 characters.
with section("format"):
  line_width = 120
  tab_size = 2
  dangle_parens = False
  max_pargs_hwrap = 8
  max_subgroups_hwrap = 3
  separate_ctrl_name_with_space = False
with section("markup"):
  enable_markup = False
with section("parse"):
  additional_commands = {
    "aluvia_module": {"pargs": 1, "kwargs": {"SOURCES": "*", "MODULES": "*", "PUBLIC": "*", "PRIVATE": "*"}},
    "aluvia_test": {"pargs": 1, "kwargs": {"SOURCES": "*", "LINK": "*"}},
  }
