# Flags travel by target, never by CMAKE_CXX_FLAGS.
add_library(meshctl_options INTERFACE)
target_compile_features(meshctl_options INTERFACE cxx_std_20)
set_target_properties(meshctl_options PROPERTIES INTERFACE_POSITION_INDEPENDENT_CODE ON)
target_compile_options(meshctl_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  -ffunction-sections -fdata-sections
  $<$<BOOL:${MESHCTL_WERROR}>:-Werror>)
target_link_options(meshctl_options INTERFACE -Wl,--gc-sections $<$<BOOL:${MESHCTL_STATIC}>:-static>)

# The sanitizers go on every object, third-party C sources too: they report across the border.
add_library(meshctl_sanitize INTERFACE)
if(MESHCTL_SANITIZE)
  target_compile_options(meshctl_sanitize INTERFACE
    -fsanitize=${MESHCTL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(meshctl_sanitize INTERFACE -fsanitize=${MESHCTL_SANITIZE})
endif()
if(MESHCTL_FUZZ)
  # Coverage in every object; only the fuzz targets link libFuzzer's main().
  target_compile_options(meshctl_sanitize INTERFACE -fsanitize=fuzzer-no-link)
endif()
target_link_libraries(meshctl_options INTERFACE meshctl_sanitize)

# One static library a folder, named after it. The link graph is the layer diagram of
# docs/architecture.md: what a library's headers show is PUBLIC, what only its sources use is PRIVATE.
# SMALL is for folders that no call of a service runs through: they are compiled for size, as the image is budgeted.
function(meshctl_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SMALL" "" "SOURCES;PUBLIC;PRIVATE")
  add_library(meshctl_${name} STATIC ${arg_SOURCES})
  add_library(meshctl::${name} ALIAS meshctl_${name})
  target_include_directories(meshctl_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(meshctl_${name} PUBLIC ${arg_PUBLIC} PRIVATE meshctl_options ${arg_PRIVATE})
  if(arg_SMALL)
    target_compile_options(meshctl_${name} PRIVATE $<$<CONFIG:Release>:-Os>)
  endif()
endfunction()

# One test program a library: tests/<folder>/*_test.cpp.
function(meshctl_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  add_executable(${name}_test ${arg_SOURCES})
  target_link_libraries(${name}_test PRIVATE meshctl_options meshctl_test_main meshctl_fmt ${arg_LIBRARIES})
  target_compile_definitions(${name}_test PRIVATE MESHCTL_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND ${name}_test)
endfunction()

# One libFuzzer program: tests/fuzz/<name>.cpp.
function(meshctl_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  add_executable(${name} ${name}.cpp ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE meshctl_options ${arg_LIBRARIES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endfunction()
