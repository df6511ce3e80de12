# nearfar_embed(TARGET NAMESPACE OUTPUT FILE...): the files as constant strings, so that one binary
# needs nothing beside it. Gives <OUTPUT>.cpp with `std::span<const embedded_file> files()`.
function(nearfar_embed target namespace_name output)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${output}.cpp)
  set(inputs "")
  foreach(file ${ARGN})
    list(APPEND inputs ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  endforeach()
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DNAMESPACE=${namespace_name} "-DFILES=${inputs}" -P ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
    DEPENDS ${inputs} ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
