# Makes a virtual environment with the packages of requirements.txt, unless the one that is there came from this file. No browser is
# downloaded: the tests use Debian's. Selenium and requests come from Debian, too, hence the system's packages.
set(installed "${FOLDER}/.venv/requirements.txt")
if(EXISTS "${installed}")
  execute_process(COMMAND "${CMAKE_COMMAND}" -E compare_files "${FOLDER}/requirements.txt" "${installed}"
                  RESULT_VARIABLE difference ERROR_QUIET)
  if(difference EQUAL 0)
    return()
  endif()
endif()
execute_process(COMMAND "${PYTHON}" -m venv --clear --system-site-packages "${FOLDER}/.venv" RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "cannot make ${FOLDER}/.venv: install Debian's package python3-venv")
endif()
execute_process(COMMAND "${FOLDER}/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement
                        "${FOLDER}/requirements.txt" RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "pip install failed in ${FOLDER}: these tests need the packages of requirements.txt")
endif()
file(COPY "${FOLDER}/requirements.txt" DESTINATION "${FOLDER}/.venv")
