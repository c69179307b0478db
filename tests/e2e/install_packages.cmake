# npm ci, unless what is installed already came from this package-lock.json. No package's own scripts are run: they would
# download browsers, and the tests use Debian's.
#
# Two tests may want the packages of one folder at a time: the second waits for the first.
file(LOCK "${FOLDER}/.npm-ci.lock" GUARD PROCESS)
set(installed "${FOLDER}/node_modules/.package-lock.json")
if(EXISTS "${installed}" AND NOT "${FOLDER}/package-lock.json" IS_NEWER_THAN "${installed}")
  return()
endif()
execute_process(COMMAND "${NPM}" ci --ignore-scripts WORKING_DIRECTORY "${FOLDER}" RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "npm ci failed in ${FOLDER}: these tests need the packages of package-lock.json")
endif()
