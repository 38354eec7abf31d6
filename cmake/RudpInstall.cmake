# What `cmake --install` puts where: the libraries, their headers and the files
# by which find_package(rudp) finds them (component rudp), and the programs of
# the chat (component chat).
include(CMakePackageConfigHelpers)
set(RUDP_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/rudp)

set(libraries)
foreach(library rudp_core rudp rudp_sim)
  if(TARGET ${library})
    list(APPEND libraries ${library})
  endif()
endforeach()

if(libraries)
  # They lie side by side and find one another there, whatever the prefix.
  set_target_properties(${libraries} PROPERTIES INSTALL_RPATH "$ORIGIN")
  install(TARGETS ${libraries} EXPORT rudpTargets
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT rudp
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT rudp
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT rudp)
  install(EXPORT rudpTargets NAMESPACE rudp:: DESTINATION ${RUDP_PACKAGE_DIR} COMPONENT rudp)

  install(DIRECTORY ${PROJECT_SOURCE_DIR}/rudp/include/rudp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    COMPONENT rudp FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h")
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT rudp)

  configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/rudpConfig.cmake.in
    ${PROJECT_BINARY_DIR}/package/rudpConfig.cmake INSTALL_DESTINATION ${RUDP_PACKAGE_DIR})
  # Before 1.0 every minor version may break programs, and the soname says the same.
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/rudpConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/package/rudpConfig.cmake ${PROJECT_BINARY_DIR}/package/rudpConfigVersion.cmake
    DESTINATION ${RUDP_PACKAGE_DIR} COMPONENT rudp)
endif()

foreach(program rchatd rchat rchatctl)
  if(TARGET ${program})
    set_target_properties(${program} PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT chat)
  endif()
endforeach()
